/** The emoji of the picker: a sign, its shortcode, and other words it is found by; in groups. */

const GROUPS: readonly (readonly [string, string])[] = [
  [
    "Applause",
    `👏 clap applause bravo
🙌 raised_hands hooray praise
❤️ heart love red
🔥 fire lit hot
🎉 tada party celebrate
🤘 metal horns rock
🤩 star_struck wow amazing
😍 heart_eyes love
🥹 holding_back_tears touched moved
😭 sob cry tears
😂 joy laugh tears lol
🤣 rofl laugh floor
💯 100 hundred perfect
✨ sparkles shine magic
👍 +1 thumbsup yes like good
👎 -1 thumbsdown no
🙏 pray thanks please
💪 muscle strong
🫶 heart_hands love
👀 eyes look watching
🚀 rocket launch
🎊 confetti_ball party
🏆 trophy win
🥇 first_place gold medal`,
  ],
  [
    "Music",
    `🎵 note musical
🎶 notes musical melody
🎼 score sheet music
🎤 microphone sing karaoke
🎧 headphones listen
🎸 guitar rock
🪕 banjo folk
🎹 keyboard piano keys
🎷 saxophone jazz
🎺 trumpet brass
🎻 violin fiddle strings
🥁 drum drums beat
🪘 long_drum conga
🪗 accordion
🪈 flute
🪇 maracas shake
📻 radio
🔊 loud_sound volume speaker
🔉 sound volume
🔇 mute silent
🎙️ studio_microphone podcast
🎚️ level_slider mixer
🎛️ control_knobs mixer
💿 cd disc album
📀 dvd disc
🎟️ ticket admission
🎭 performing_arts theatre
🎬 clapper film
🪩 mirror_ball disco dance
💃 dancer dance woman
🕺 man_dancing dance
🩰 ballet dance`,
  ],
  [
    "Faces",
    `😀 grinning smile happy
😃 smiley happy
😄 smile happy
😁 grin beam
😆 laughing satisfied
😅 sweat_smile relief
🙂 slight_smile
🙃 upside_down silly
😉 wink
😊 blush happy
😇 innocent angel halo
🥰 smiling_hearts love
😘 kiss blow
😋 yum delicious
😛 tongue
😜 wink_tongue crazy
🤪 zany crazy
😎 sunglasses cool
🤓 nerd glasses
🥳 partying party birthday
🤗 hug
🤭 giggle oops
🤫 shush quiet
🤔 thinking hmm
🫡 salute respect
🤨 raised_eyebrow doubt
😐 neutral
😑 expressionless
😶 no_mouth speechless
😏 smirk
🙄 roll_eyes
😬 grimace awkward
😌 relieved calm
😔 pensive sad
😴 sleeping zzz tired
🤤 drooling
🥱 yawn bored
😷 mask ill
🤯 exploding_head mind blown
🥵 hot_face
🥶 cold_face freezing
😳 flushed embarrassed
🥺 pleading puppy
😢 cry tear sad
😤 triumph huff
😠 angry
😡 rage mad
🤬 cursing swear
😱 scream shock
😨 fearful
😰 anxious sweat
😮 open_mouth wow surprise
😲 astonished
🫠 melting
🫣 peeking
🥴 woozy
😵 dizzy_face
🤡 clown
👻 ghost boo
💀 skull dead
👽 alien
🤖 robot
💩 poop`,
  ],
  [
    "Hands and people",
    `👋 wave hello bye hi
🤚 raised_back_of_hand
✋ raised_hand stop
🖖 vulcan spock
👌 ok_hand perfect
🤌 pinched_fingers chef
✌️ v victory peace
🤞 crossed_fingers luck
🤟 love_you hand
🤙 call_me shaka
👈 point_left
👉 point_right
👆 point_up
👇 point_down
✊ fist power
👊 punch bump
🤝 handshake deal
✍️ writing
💅 nail_polish
🤳 selfie
👶 baby
🧑‍🎤 singer artist star
👨‍🎤 man_singer
👩‍🎤 woman_singer
🧑‍💻 technologist coder
🙋 raising_hand question
🤷 shrug whatever
🤦 facepalm
🙇 bow respect
👯 dancers party
🫂 people_hugging hug
👑 crown queen king
🎩 top_hat
👓 glasses
💍 ring`,
  ],
  [
    "Hearts and signs",
    `🧡 orange_heart love
💛 yellow_heart love
💚 green_heart love
💙 blue_heart love
💜 purple_heart love
🖤 black_heart
🤍 white_heart
🤎 brown_heart
💔 broken_heart
❣️ heart_exclamation
💕 two_hearts
💖 sparkling_heart
💗 growing_heart
💘 cupid arrow
💝 gift_heart
💋 kiss_mark lips
💥 boom collision
💫 dizzy stars
⭐ star
🌟 glowing_star
⚡ zap lightning
💢 anger
💤 zzz sleep
💬 speech_balloon
❗ exclamation
❓ question
✅ check done yes
❌ x no wrong
⭕ o circle
🔴 red_circle live
🟢 green_circle
➕ plus
➖ minus
♾️ infinity
🔁 repeat encore again
⏸️ pause
▶️ play
⏩ fast_forward
🆒 cool
🆕 new
🔝 top`,
  ],
  [
    "Nature",
    `🌞 sun_face
☀️ sun sunny
🌙 moon night
🌈 rainbow
☁️ cloud
🌧️ rain
❄️ snowflake cold
🌊 ocean sea wave
🌹 rose flower
🌸 cherry_blossom flower
🌻 sunflower
🍀 four_leaf_clover luck
🌵 cactus
🌲 evergreen tree
🍄 mushroom
🐶 dog
🐱 cat
🐭 mouse
🐰 rabbit
🦊 fox
🐻 bear
🐼 panda
🐨 koala
🦁 lion
🐸 frog
🐵 monkey
🙈 see_no_evil
🙉 hear_no_evil
🙊 speak_no_evil
🐔 chicken
🦄 unicorn
🐝 bee
🦋 butterfly
🐢 turtle
🐙 octopus
🐬 dolphin
🐳 whale
🦈 shark
🦉 owl
🐦 bird`,
  ],
  [
    "Food and things",
    `🍎 apple
🍌 banana
🍓 strawberry
🍕 pizza
🍔 burger hamburger
🍟 fries
🌮 taco
🍜 ramen noodles
🍣 sushi
🍿 popcorn watching
🍪 cookie
🎂 birthday cake
🍫 chocolate
☕ coffee tea
🍺 beer
🍻 beers cheers
🥂 champagne cheers
🍷 wine
🥃 whisky
🍹 tropical_drink cocktail
🎁 gift present
🎈 balloon
🕯️ candle
💡 bulb idea
📷 camera photo
🎥 movie_camera
💻 laptop computer
📱 phone mobile
⏰ alarm_clock time
⌛ hourglass wait
💰 moneybag tip
💸 money_wings tip
💎 gem diamond
🪙 coin tip
🔔 bell
📌 pin
🔒 lock
🔑 key
🎮 video_game
⚽ soccer football
🏀 basketball
🚗 car
🚲 bike bicycle
✈️ plane travel
🏠 house home
🌍 earth world
🏕️ camping tent
🎡 ferris_wheel
🎪 circus tent`,
  ],
];

export interface Emoji {
  readonly sign: string;
  readonly name: string;
  /** Name and other words, for searching. */
  readonly words: string;
}

export interface EmojiGroup {
  readonly title: string;
  readonly emoji: readonly Emoji[];
}

export const EMOJI_GROUPS: readonly EmojiGroup[] = GROUPS.map(([title, lines]) => ({
  title,
  emoji: lines.split("\n").map((line) => {
    const [sign = "", name = "", ...others] = line.split(" ");
    return { sign, name, words: [name, ...others].join(" ") };
  }),
}));
